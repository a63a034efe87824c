// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/batch/batch_outputs.h"

namespace tessera::pipeline {

/// Errors  InvalidArgument naming two inputs whose results would have one name.
void require_distinct_outputs(const std::vector<BatchItem>& items);

/// Files are told apart by device and inode, so that links and other spellings are seen through.
/// Errors  InvalidArgument when an output is an input (its own one only unless `in_place`) or one
///         of `protected_files`.
void require_outputs_not_inputs(const std::vector<BatchItem>& items,
                                bool in_place,
                                const std::vector<std::filesystem::path>& protected_files);

/// Pipes and devices take several things, one after another.
/// Errors  InvalidArgument when options.report or options.failed_list is an input or an output,
///         there or yet to be made, or one of `protected_files`, or both are one file; likewise
///         when the report is a list of inputs. A list of failures may take the place of the list
///         that was read: what is left to be done.
void require_reports_apart(const std::vector<BatchItem>& items,
                           const BatchOptions& options,
                           const std::vector<std::filesystem::path>& protected_files);

/// Files are told apart as above; empty names, pipes and devices are no files.
/// Errors  InvalidArgument naming one of `written` that is one of `read`, or two that are one file.
void require_files_apart(const std::vector<std::filesystem::path>& written,
                         const std::vector<std::filesystem::path>& read);

/// Errors  IoFailure unless `folder` is one that can be written, or can be made.
void require_possible_folder(const std::filesystem::path& folder);

/// Errors  InvalidArgument when `output` exists and is no folder.
void require_folder(const std::filesystem::path& output);

/// Marks what the policy skips; a result is up to date when it is no older than its input and what
/// is read beside that.  Errors: InvalidArgument for policy Refuse when an output exists.
void mark_existing(std::vector<BatchItem>& items, ExistingOutput policy, const OutputRules& rules);

/// Errors  IoFailure naming the first folder, when none can be made or written. A folder among
///         others that cannot costs its own files, each in its turn.
void require_writable(const std::vector<BatchItem>& items);

}  // namespace tessera::pipeline
