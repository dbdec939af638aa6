using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>Options that every verb takes.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Suite { get; } = new("--suite")
    {
        Description = "The suite.json of the suite to speak to.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print the protos' own JSON, one object a line.",
        Recursive = true,
    };
}
