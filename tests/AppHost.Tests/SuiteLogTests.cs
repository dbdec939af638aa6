using Platform.AppHost.Local;

namespace Platform.AppHost.Tests;

public sealed class SuiteLogTests
{
    [Fact]
    public void Write_Terminal_ColoursTheNameOnly()
    {
        using var output = new StringWriter();
        using var log = new SuiteLog(output, colour: true);
        log.Register(["tokenizer", "eval"]);

        log.Write("eval", "a line");

        Assert.Equal("\e[32meval      |\e[0m a line", output.ToString().TrimEnd());
    }

    [Fact]
    public void RedirectTo_File_KeepsTheTerminalQuietUntilItIsTakenBack()
    {
        using var folder = new TempFolder();
        using var output = new StringWriter();
        using var log = new SuiteLog(output, colour: false);

        log.RedirectTo(folder["suite.log"]);
        log.Write("eval", "hidden");
        log.RedirectTo(null);
        log.Write("eval", "shown");

        Assert.Equal("eval    | shown", output.ToString().TrimEnd());
        Assert.Equal("eval    | hidden", File.ReadAllText(folder["suite.log"]).TrimEnd());
    }
}
