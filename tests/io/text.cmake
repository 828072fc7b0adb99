kvfoot_test(io_text
  SOURCES test_csv.cpp test_device_file.cpp test_file.cpp test_json.cpp test_shape_file.cpp test_yaml.cpp
  LIBS kvfoot_io)
kvfoot_fuzzer(device SOURCES fuzz_device.cpp CORPUS "${CMAKE_CURRENT_SOURCE_DIR}/corpus/device" LIBS kvfoot_io)
add_test(NAME fuzz.device.builtin COMMAND fuzz_device "${PROJECT_SOURCE_DIR}/sim/io/devices")
set_tests_properties(fuzz.device.builtin PROPERTIES LABELS fuzz)
