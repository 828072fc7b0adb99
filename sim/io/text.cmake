# Text formats: JSON, YAML, CSV, and whole files. Third-party headers stay in the .cpp files.
find_package(nlohmann_json 3.10 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_library(KVFOOT_XXHASH xxhash REQUIRED)
kvfoot_library(kvfoot_io
  SOURCES content_hash.cpp csv.cpp file.cpp json.cpp json_write.cpp shape_file.cpp yaml.cpp
  PUBLIC kvfoot_core PRIVATE nlohmann_json::nlohmann_json yaml-cpp ${KVFOOT_XXHASH})
