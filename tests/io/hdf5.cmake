# The HDF5 wrapper.
kvfoot_test(io_hdf5 SOURCES hdf5_test.cpp hdf5_damage_test.cpp LIBS kvfoot_hdf5)
