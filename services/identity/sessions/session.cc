#include "services/identity/sessions/session.h"

namespace gridwork::identity {

RefreshVerdict JudgeRefresh(const Session& session, Shown shown, bool same_device, absl::Time now) {
  if (!same_device) return shown == Shown::kOther ? RefreshVerdict::kRefuse : RefreshVerdict::kReuse;
  if (session.EndedAt(now)) return RefreshVerdict::kRefuse;
  if (shown == Shown::kCurrent) return RefreshVerdict::kRotate;
  bool just_now = now < session.rotated + kRefreshRepeat;
  return shown == Shown::kPrevious && just_now ? RefreshVerdict::kRepeat : RefreshVerdict::kReuse;
}

}  // namespace gridwork::identity
