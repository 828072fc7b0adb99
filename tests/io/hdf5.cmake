# The HDF5 wrapper. Tables are read back without it, through the C library.
find_package(HDF5 REQUIRED COMPONENTS C)
add_library(kvfoot_read_table INTERFACE)
target_include_directories(kvfoot_read_table SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(kvfoot_read_table INTERFACE ${HDF5_LIBRARIES})
target_compile_definitions(kvfoot_read_table INTERFACE ${HDF5_DEFINITIONS})
kvfoot_test(io_hdf5 SOURCES chunk_queue_test.cpp hdf5_test.cpp hdf5_damage_test.cpp hdf5_table_test.cpp
            LIBS kvfoot_hdf5 kvfoot_read_table THREADS)
