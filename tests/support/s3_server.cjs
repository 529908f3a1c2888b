// An S3 server with an empty bucket "gridwork", for tests: s3_server.cjs FOLDER [PORT]. Prints its port. It checks
// signatures.
const S3rver = require('@20minutes/s3rver');

new S3rver({
  port: Number(process.argv[3] ?? 0),
  address: '127.0.0.1',
  silent: true,
  directory: process.argv[2],
  configureBuckets: [{ name: 'gridwork' }],
}).run((error, address) => {
  if (error) throw error;
  console.log(address.port);
});
