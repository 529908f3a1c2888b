// Pictures as cameras make them, and what is kept of them: the picture, and nothing that says where, when, by whom and
// with which device it was made. Pure functions of bytes that anybody may have sent.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace gridwork::tasks {

struct Picture {
  std::string content_type;  // "image/jpeg", "image/png", "image/webp"
  std::string bytes;
};

// The picture in `bytes`, told by looking at them, without its metadata; its pixels are copied as they are, not coded
// anew. Only what is needed to show it stays, everything else goes, known or not: EXIF, XMP, IPTC, comments, maker's
// notes, previews, further pictures, what follows its end. Kept are the colour profile and, in an EXIF block of its
// own, how the camera was held. nullopt when it is no whole JPEG (baseline or progressive), PNG or WebP picture, or
// when it moves.
std::optional<Picture> StripPicture(std::string_view bytes);

}  // namespace gridwork::tasks
