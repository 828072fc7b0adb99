kvfoot_test(io_text
  SOURCES test_csv.cpp test_file.cpp test_json.cpp test_shape_file.cpp test_yaml.cpp
  LIBS kvfoot_io)
