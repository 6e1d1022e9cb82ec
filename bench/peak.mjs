// Imported before a program: tells its peak memory in kilobytes as its last line.
process.on('exit', () => {
  process.stdout.write(`peak ${process.resourceUsage().maxRSS}\n`);
});
