// The function that is measured: it reads the message of an SQS event. What its process has used of the CPU goes with the answer.
const loaded = process.cpuUsage();

exports.handler = async ({ Records: [{ body }] }) => {
  const { order } = JSON.parse(body);
  return { order, loaded, used: process.cpuUsage() };
};
