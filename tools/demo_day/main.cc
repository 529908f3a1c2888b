// The part of tools/demo that needs twenty phones at once. Prints one line a check; exits with 1 only when it had to
// stop.
//   demo_day --identity=host:port --tasks=host:port --authority=ca.pem --admin_certificate=... --admin_key=...
//   --admin_username=...
//            --admin_password_file=... --root=CHI --stop_redis='command' --start_redis='command' --pass_hours='command'
//            --restart_tasks='command'
#include <absl/flags/flag.h>
#include <fmt/format.h>

#include <cstdlib>

#include "common/config/config.h"
#include "tools/demo_day/checks.h"
#include "tools/demo_day/day.h"

ABSL_FLAG(std::string, identity, "", "host:port of identity");
ABSL_FLAG(std::string, tasks, "", "host:port of tasks");
ABSL_FLAG(std::string, authority, "", "PEM file of the authority");
ABSL_FLAG(std::string, admin_certificate, "", "PEM file of the administrator's device");
ABSL_FLAG(std::string, admin_key, "", "PEM file of its key");
ABSL_FLAG(std::string, admin_username, "admin", "the administrator");
ABSL_FLAG(std::string, admin_password_file, "", "file with their password");
ABSL_FLAG(std::string, root, "CHI", "code of the root area");
ABSL_FLAG(std::string, stop_redis, "", "command that kills Redis");
ABSL_FLAG(std::string, pass_hours, "",
          "command that moves the claims of phones that are away back by the hours that it is given");
ABSL_FLAG(std::string, restart_tasks, "", "command that kills the tasks service, and starts it again");
ABSL_FLAG(std::string, start_redis, "", "command that starts it again, empty");

using namespace gridwork;

int main(int argc, char** argv) {
  config::ParseFlags(argc, argv);
  demo::Targets targets{absl::GetFlag(FLAGS_identity), absl::GetFlag(FLAGS_tasks),
                        config::ReadFile("authority", absl::GetFlag(FLAGS_authority))};
  demo::Person admin(targets,
                     {.authority = targets.authority,
                      .certificate = config::ReadFile("admin_certificate", absl::GetFlag(FLAGS_admin_certificate)),
                      .key = config::ReadFile("admin_key", absl::GetFlag(FLAGS_admin_key))},
                     absl::GetFlag(FLAGS_admin_username),
                     config::ReadFile("admin_password_file", absl::GetFlag(FLAGS_admin_password_file)));
  auto run = [](const std::string& command, const char* what) {
    demo::Check(std::system(command.c_str()) == 0, "redis",
                what);  // NOLINT(cert-env33-c): the command is the operator's own flag
  };

  demo::Day day(std::move(targets), std::move(admin), absl::GetFlag(FLAGS_root));
  day.HirePeople();
  day.CreateInspections();
  day.OnePhoneDies();
  day.PhonesWork();
  day.Review();
  day.Refusals();
  run(absl::GetFlag(FLAGS_stop_redis), "it is killed");
  day.WithoutIndex();
  run(absl::GetFlag(FLAGS_start_redis), "it comes back empty");
  day.IndexIsBack();
  day.DeadPhonesTasksComeBack();
  day.EverythingIsThereOnce();
  day.TwoChangeTheSamePlace();
  day.OnePhoneIsStolen();
  day.AGridIsSplitWhilePhonesAreOut();
  day.APhotoComesThroughTwoCuts([] {
    // NOLINTNEXTLINE(cert-env33-c): the command is the operator's own flag
    return std::system(absl::GetFlag(FLAGS_restart_tasks).c_str()) == 0;
  });
  day.OnePhoneIsAwayForThreeDays([](int hours) {
    // NOLINTNEXTLINE(cert-env33-c): the command is the operator's own flag
    return std::system(fmt::format("{} {}", absl::GetFlag(FLAGS_pass_hours), hours).c_str()) == 0;
  });
}
