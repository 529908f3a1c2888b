// RETURN_IF_ERROR and ASSIGN_OR_RETURN, which Debian's abseil does not have.
#pragma once
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

#define GRIDWORK_CONCAT_(a, b) a##b
#define GRIDWORK_CONCAT(a, b) GRIDWORK_CONCAT_(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): names and declarations cannot stand in parentheses.

// Returns the status of `expr` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expr) RETURN_IF_ERROR_(GRIDWORK_CONCAT(status_, __LINE__), expr)
#define RETURN_IF_ERROR_(var, expr)                       \
  do {                                                    \
    if (absl::Status var = (expr); !var.ok()) return var; \
  } while (false)

// ASSIGN_OR_RETURN(auto row, store.Find(id)): declares or assigns the value of a StatusOr, or returns its status.
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_(GRIDWORK_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_(var, lhs, expr) \
  auto var = (expr);                      \
  if (!var.ok()) return var.status();     \
  lhs = *std::move(var)

// NOLINTEND(bugprone-macro-parentheses)
