#ifndef ZOO_CATALOGUE_H
#define ZOO_CATALOGUE_H

#include <stddef.h>

/// A file of the catalogue, embedded at build time so that the binary needs nothing beside it.
typedef struct {
  /// The path below the repository's root, such as "zoo/resnet18.yaml".
  const char *path;
  const unsigned char *bytes;
  size_t count;
} zoo_catalogue_file;

/// The embedded files, sorted by path; `*count` receives their number.
const zoo_catalogue_file *zoo_catalogue_files(size_t *count);

#endif
