/** Prints 'N passed, N failed, N skipped' alone on the very last line; a suite that does not load is a failure. */
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const crashed = results.testResults.filter((suite) => suite.testExecError).length;
    const failed = results.numFailedTests + crashed;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
};
