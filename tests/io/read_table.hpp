// Reads HDF5 tables through the C library alone, as another program would.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace kvfoot {

struct ReadColumn {
  std::string name;
  std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
               std::vector<std::string>>
      values;
  std::string unit;  // attribute; empty without
};

namespace read_table_detail {

inline std::vector<std::string> read_texts(hid_t set, hid_t type, std::size_t count) {
  const std::size_t length = H5Tget_size(type);
  std::string padded(length * count, '?');
  H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data());
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = padded.substr(i * length, length);
    texts.push_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }
  return texts;
}

template <class T>
std::vector<T> read_numbers(hid_t set, hid_t type, std::size_t count) {
  std::vector<T> values(count);
  if (count > 0) {
    H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  return values;
}

}  // namespace read_table_detail

// The text attribute of an object; empty without.
inline std::string read_text_attribute(hid_t file, const char* object, const char* name) {
  if (H5Aexists_by_name(file, object, name, H5P_DEFAULT) <= 0) {
    return {};
  }
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  std::string text(H5Tget_size(type), '\0');
  if (H5Tget_class(type) == H5T_STRING) {
    H5Aread(attribute, type, text.data());
  }
  H5Tclose(type);
  H5Aclose(attribute);
  return text;
}

// Opens the bytes of a file without a disk; close with H5Fclose.
inline hid_t open_bytes(const std::string& bytes) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, 0);
  H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size());
  const hid_t file = H5Fopen("image", H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return file;
}

// The columns of a group in the order in which they were made.
inline std::vector<ReadColumn> read_columns(hid_t file, const char* group_name) {
  using namespace read_table_detail;
  std::vector<ReadColumn> columns;
  const hid_t group = H5Gopen2(file, group_name, H5P_DEFAULT);
  H5G_info_t info{};
  H5Gget_info(group, &info);
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    char name[256] = {};
    H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, sizeof name,
                       H5P_DEFAULT);
    const hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(set);
    const hid_t space = H5Dget_space(set);
    const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
    ReadColumn column{name, {}, read_text_attribute(group, name, "unit")};
    if (H5Tget_class(type) == H5T_STRING) {
      column.values = read_texts(set, type, count);
    } else if (H5Tget_class(type) == H5T_FLOAT) {
      column.values = read_numbers<double>(set, type, count);
    } else if (H5Tget_sign(type) == H5T_SGN_NONE) {
      column.values = read_numbers<std::uint64_t>(set, type, count);
    } else {
      column.values = read_numbers<std::int64_t>(set, type, count);
    }
    columns.push_back(std::move(column));
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(set);
  }
  H5Gclose(group);
  return columns;
}

}  // namespace kvfoot
