using System.CommandLine;
using Platform.Cli.Commands;

namespace Platform.Cli.Tests;

public sealed class UnknownOptionsTests
{
    [Theory]
    [InlineData("run create --watch", "There is no option --watch here.")]
    [InlineData("run create spec.yaml", null)]
    [InlineData("run create ./--spec.yaml --steps 5", null)]
    [InlineData("run create --display-name --odd", null)]
    public void Parse_OptionThatDoesNotExist_IsSaidToBeNone(string line, string? expected)
    {
        var root = new RootCommand { RunCommands.Create() };
        UnknownOptions.Refuse(root);

        var errors = root.Parse(line).Errors.Select(error => error.Message);

        Assert.Equal(expected is null ? [] : [expected], errors);
    }
}
