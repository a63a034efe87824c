// SPDX-License-Identifier: MIT
#include "pipeline/sources/image_sink.h"

#include <algorithm>
#include <utility>

#include "image/convert.h"

namespace tessera::pipeline {
namespace {

/// Mean over planes, for grey pictures that went through a colour network.
TensorView<const float> mean_plane(TensorView<const float> planes, Workspace& scratch) {
  const auto mean = scratch.take({1, planes.height(), planes.width()});
  const float factor = 1.0F / static_cast<float>(planes.channels());
  for (std::size_t i = 0; i < planes.shape().plane(); ++i) {
    float sum = 0.0F;
    for (int c = 0; c < planes.channels(); ++c) sum += planes.plane(c)[i];
    mean.data()[i] = sum * factor;
  }
  return mean;
}

}  // namespace

ImageSink::ImageSink(Image& target, int top, int left, PutBack put_back, Finish finish)
    : target_(target),
      top_(top),
      left_(left),
      put_back_(std::move(put_back)),
      finish_(std::move(finish)) {}

void ImageSink::write(TensorView<const float> planes, int top, int left, Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const int first_row = std::max(top, top_), first_column = std::max(left, left_);
  const int last_row = std::min(top + planes.height(), top_ + target_.height());
  const int last_column = std::min(left + planes.width(), left_ + target_.width());
  if (last_row <= first_row || last_column <= first_column) return;
  const Region kept{first_row - top, first_column - left, last_row - first_row,
                    last_column - first_column};

  if (planes.channels() > target_.channels()) planes = mean_plane(planes, scratch);
  const Region region{first_row - top_, first_column - left_, kept.height, kept.width};
  if (finish_) {
    const auto part = scratch.take({planes.channels(), kept.height, kept.width});
    copy_region(planes, kept, part);
    finish_(part, region);
    image::image_from_tensor(part, target_, region.top, region.left);
  } else {
    image::image_from_tensor(planes, kept, target_, region.top, region.left);
  }
  if (put_back_) put_back_(region);
}

}  // namespace tessera::pipeline
