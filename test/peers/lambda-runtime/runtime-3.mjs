// Starts version 3 of the runtime client as the managed runtimes of Node 20 and 22 do; its own command takes the handler from the command line.
const { run } = await import(process.argv[2]);
await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
