# HDF5 and XXH3 stay behind kvfoot_hdf5.
find_package(HDF5 REQUIRED COMPONENTS C)
find_library(KVFOOT_XXHASH xxhash REQUIRED)
find_path(KVFOOT_XXHASH_INCLUDE xxhash.h REQUIRED)
kvfoot_library(kvfoot_hdf5
  SOURCES chunk_queue.cpp hdf5_names.cpp hdf5_seal.cpp hdf5_table.cpp hdf5_writer.cpp
          hdf5_reader.cpp hdf5_column.cpp watched_file.cpp
  PUBLIC kvfoot_core)
target_include_directories(kvfoot_hdf5 SYSTEM PRIVATE ${HDF5_INCLUDE_DIRS} ${KVFOOT_XXHASH_INCLUDE})
target_link_libraries(kvfoot_hdf5 PRIVATE ${HDF5_LIBRARIES} ${KVFOOT_XXHASH})
target_compile_definitions(kvfoot_hdf5 PRIVATE ${HDF5_DEFINITIONS})
