// Preloaded into every service: however the demo ends, SIGKILL included, none of them stays behind.
process.on('disconnect', () => process.exit(1));
