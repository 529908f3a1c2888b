// The camera of a phone: real JPEG pictures with everything that cameras write into them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace gridwork::testing {

// What stands in the metadata of every picture, and must not stand in what is kept.
inline constexpr std::string_view kCameraSecrets[] = {"GRIDCAM", "OWNER-OF-PHONE", "41.8781N", "2026:11:23"};

struct Shot {
  int width = 1'600, height = 1'200;
  int orientation = 6;  // as EXIF counts: held upright, the camera's top to the right
  uint32_t seed = 1;    // another picture
};

// A photograph of noise, which does not compress: about half a byte a pixel. With EXIF (GPS position, time, owner,
// device, a preview), XMP, IPTC, a comment, a preview after its end.
std::string TakePhoto(const Shot& shot = {});

// An EXIF block without its "Exif\0\0": GPS position, time, owner, device and orientation.
std::string CameraExif(int orientation);

// The pixels of a JPEG, decoded, RGB; "" when it is broken.
std::string JpegPixels(std::string_view jpeg);

}  // namespace gridwork::testing
