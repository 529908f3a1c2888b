// Loads devices for the front door.
#pragma once
#include "common/base/status_macros.h"
#include "common/rpc/front_door.h"
#include "services/identity/devices/device_convert.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/staff/staff_store.h"

namespace gridwork::identity {

class DeviceFacts {  // Thread-safe.
 public:
  DeviceFacts(DeviceStore& devices, StaffStore& staff) : devices_(devices), staff_(staff) {}

  // Kept where the account of its owner is kept.
  absl::StatusOr<rpc::Loaded<Device>> Load(const std::string& name) {
    ASSIGN_OR_RETURN(Uuid id, ParseDeviceName("name", name));
    ASSIGN_OR_RETURN(Device device, devices_.Find(id));
    ASSIGN_OR_RETURN(Staff owner, staff_.Find(device.staff));
    return rpc::Loaded<Device>{{.area = owner.area_path, .self = StaffName(device.staff)}, std::move(device)};
  }

 private:
  DeviceStore& devices_;
  StaffStore& staff_;
};

}  // namespace gridwork::identity
