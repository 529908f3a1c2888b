// Versions of forms, with their schemas: they never change, so they are kept.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "services/tasks/form_schema.h"
#include "services/tasks/work/task_kind_store.h"

namespace gridwork::tasks {

struct CompiledForm {
  Form form;
  FormSchema schema;
};

class FormCache {  // Thread-safe.
 public:
  static constexpr size_t kCapacity = 1'000;

  explicit FormCache(TaskKindStore& kinds) : kinds_(kinds) {}

  // As TaskKindStore::FindForm().
  absl::StatusOr<std::shared_ptr<const CompiledForm>> Get(const std::string& kind, int version) {
    {
      MutexLock lock(mu_);
      if (auto it = forms_.find({kind, version}); it != forms_.end()) return it->second;
    }
    ASSIGN_OR_RETURN(Form form, kinds_.FindForm(kind, version));
    FormSchema schema(form);
    auto made = std::make_shared<const CompiledForm>(CompiledForm{std::move(form), std::move(schema)});
    MutexLock lock(mu_);
    if (forms_.size() >= kCapacity) forms_.clear();
    return forms_[{kind, version}] = made;
  }

 private:
  TaskKindStore& kinds_;
  Mutex mu_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const CompiledForm>> forms_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks
