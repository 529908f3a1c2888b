// A second client, in another language: the way of an inspection through the public APIs, with nothing but the .proto files.
//   node node_client.cjs PROTO_DIR WORK_DIR IDENTITY TASKS
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protos, dir, identityAt, tasksAt] = process.argv.slice(2);
const files = ['identity/v1/area_service', 'identity/v1/device_service', 'identity/v1/staff_service', 'identity/v1/token_service',
  'tasks/v1/place_service', 'tasks/v1/queue_service', 'tasks/v1/task_kind_service', 'tasks/v1/task_service'];
const api = grpc.loadPackageDefinition(loader.loadSync(files.map((file) => `gridwork/${file}.proto`),
  { includeDirs: [protos], keepCase: true, enums: String, longs: Number, defaults: true })).gridwork;
const statusType = loader.loadSync('google/rpc/error_details.proto', { includeDirs: [protos] });
const read = (name) => fs.readFileSync(`${dir}/${name}`);

function requestId() {  // UUIDv7, RFC 9562
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// The stubs of one identity; every method returns a promise.
function connect(credentials, token) {
  const call = (at, Service) => {
    const client = new Service(at, credentials);
    return new Proxy({}, {
      get: (_, method) => (request) => new Promise((resolve, reject) => {
        const metadata = new grpc.Metadata();
        if (token) metadata.set('authorization', `Bearer ${token}`);
        client[method](request, metadata, { deadline: Date.now() + 10_000 }, (error, reply) => (error ? reject(error) : resolve(reply)));
      }),
    });
  };
  const { identity, tasks } = api;
  return {
    areas: call(identityAt, identity.v1.AreaService), staff: call(identityAt, identity.v1.StaffService),
    devices: call(identityAt, identity.v1.DeviceService), tokens: call(identityAt, identity.v1.TokenService),
    places: call(tasksAt, tasks.v1.PlaceService), kinds: call(tasksAt, tasks.v1.TaskKindService),
    work: call(tasksAt, tasks.v1.TaskService), queue: call(tasksAt, tasks.v1.QueueService),
  };
}

const refused = (promise, code, reason) => assert.rejects(promise, (error) => {
  assert.equal(error.code, code, error.message);
  assert.ok(error.details.startsWith(`${reason}: `), error.details);
  assert.ok(error.metadata.get('grpc-status-details-bin').length === 1, 'google.rpc.Status is there');
  return true;
});

async function main() {
  const authority = read('pki/ca.pem');
  const stranger = connect(grpc.credentials.createSsl(authority));
  const boot = { secret: 'e2e-secret', root_code: 'TOWN', root_display_name: 'Town', username: 'admin', display_name: 'Ада Лавлейс' };
  await refused(stranger.devices.Bootstrap({ ...boot, secret: 'guess' }), grpc.status.UNAUTHENTICATED, 'BOOTSTRAP_SECRET_WRONG');
  const { enrolment_code: code, administrator } = await stranger.devices.Bootstrap(boot);
  assert.equal(administrator.display_name, boot.display_name);
  await refused(stranger.devices.Bootstrap(boot), grpc.status.FAILED_PRECONDITION, 'ALREADY_BOOTSTRAPPED');

  const enrolment = { code, certificate_request: read('device.csr').toString(), password: 'correct horse battery', display_name: 'node' };
  const enrolled = await stranger.devices.EnrolDevice(enrolment);
  assert.deepEqual(await stranger.devices.EnrolDevice(enrolment), enrolled, 'the same request again, the same certificate');
  const tls = grpc.credentials.createSsl(authority, read('device.key'), Buffer.from(enrolled.certificate));
  await refused(connect(tls).tokens.Login({ username: 'admin', password: 'wrong' }), grpc.status.UNAUTHENTICATED, 'LOGIN_FAILED');
  const login = () => connect(tls).tokens.Login({ username: 'admin', password: enrolment.password });
  let { access_token: token, staff: me } = await login();
  let admin = connect(tls, token);

  for (const role of ['ROLE_DISPATCHER', 'ROLE_FIELD_WORKER']) {
    await admin.staff.AddGrant({ request_id: requestId(), staff: me,
      grant: { role, area: 'areas/TOWN', end_time: { seconds: Math.floor(Date.now() / 1000) + 3600 } } });
  }
  ({ access_token: token } = await login());
  admin = connect(tls, token);

  const ring = [[0, 0], [0, 1], [1, 1], [1, 0]].map(([latitude, longitude]) => ({ latitude: 50 + latitude, longitude: 10 + longitude }));
  const imported = await admin.areas.ImportAreas({ request_id: requestId(), root: 'areas/TOWN', areas: [
    { code: 'G1', display_name: 'Grid one', level: 'grid', parent: 'areas/TOWN', geometry: { polygons: [{ rings: [{ points: ring }] }] } }] });
  assert.deepEqual(imported.verdicts.map((v) => v.result), ['RESULT_CREATED']);

  const kitchen = { kind: 'PLACE_KIND_FOOD', display_name: 'Küche', address: '1 Main', location: { latitude: 50.5, longitude: 10.5 }, source: 'e2e', source_id: '1' };
  const nowhere = { ...kitchen, source_id: '2', location: { latitude: 0.1, longitude: 0.1 } };
  const broken = { ...kitchen, source_id: '3', display_name: '' };
  const { verdicts } = await admin.places.ImportPlaces({ request_id: requestId(), root: 'TOWN', places: [kitchen, nowhere, broken] });
  assert.deepEqual(verdicts.map((v) => v.result), ['RESULT_CREATED', 'RESULT_CREATED', 'RESULT_REJECTED']);
  assert.deepEqual(verdicts.map((v) => v.grid).slice(0, 2), ['TOWN/G1', 'TOWN/TOWN-UNPLACED']);

  await admin.kinds.CreateTaskKind({ request_id: requestId(), task_kind: { code: 'CHECK', display_name: 'Check', area: 'TOWN', duration_minutes: 5,
    within_metres: 100, form: { questions: [{ key: 'food_cold_holding', item: 'FOOD_COLD_HOLDING', required: true, checklist: {} }] } } });
  const id = requestId();
  const create = { request_id: id, task: { kind: 'taskKinds/CHECK', place: verdicts[0].place } };
  const task = await admin.work.CreateTask(create);
  assert.deepEqual(await admin.work.CreateTask(create), task, 'one effect, one answer');
  await refused(admin.work.CreateTask({ ...create, task: { ...create.task, priority: 1 } }), grpc.status.FAILED_PRECONDITION, 'REQUEST_ID_REUSED');

  let claimed = [];
  for (let i = 0; i < 50 && claimed.length === 0; ++i) {
    ({ tasks: claimed } = await admin.work.ClaimTasks({ request_id: requestId(), max_tasks: 5 }));
    if (claimed.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(claimed.map((t) => t.name), [task.name]);
  const submit = { request_id: requestId(), name: task.name, attempt: claimed[0].attempt, form_version: 1, location: kitchen.location,
    answers: [{ key: 'food_cold_holding', checklist: 'MAYBE' }] };
  await refused(admin.work.SubmitTask(submit), grpc.status.INVALID_ARGUMENT, 'BAD_FIELD');
  submit.answers[0].checklist = 'PASS';
  const result = await admin.work.SubmitTask(submit);
  assert.equal(result.state, 'SUBMISSION_STATE_SUBMITTED');
  assert.equal(result.near_place, true);

  const submitted = await admin.work.GetTask({ name: task.name });
  const review = { request_id: requestId(), name: task.name, etag: submitted.etag, verdict: 'VERDICT_ACCEPT' };
  await refused(admin.work.ReviewTask(review), grpc.status.FAILED_PRECONDITION, 'REVIEW_OF_OWN_WORK');
  await refused(connect(tls).work.GetTask({ name: task.name }), grpc.status.UNAUTHENTICATED, 'TOKEN_MISSING');
  assert.ok(statusType['google.rpc.ErrorInfo'], 'the error details are described');
  console.log('node client: ok');
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
