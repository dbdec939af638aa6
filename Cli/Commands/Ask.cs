using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>Options and arguments that several verbs have.</summary>
internal static class Ask
{
    public static Argument<string> Name(string collection) => new("NAME")
    {
        Description = $"{collection}/ID, or the ID alone.",
    };

    public static Option<string?> Id() => new("--id") { Description = "The id to be; chosen where not given." };

    public static Option<string?> DisplayName() => new("--display-name") { Description = "A name for people." };

    public static Option<bool> Detach() => new("--detach", "-d") { Description = "Do not wait for the end." };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "A setting of the spec by its path, such as optimizer.learning_rate=1e-3; may be given often.",
        HelpName = "PATH=VALUE",
    };

    public static Argument<string?> SpecFile() => new("SPEC")
    {
        Description = "A YAML file with the spec's fields.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>A reference with its collection: <c>x</c> and <c>runs/x</c> are both <c>runs/x</c>.</summary>
    public static string Full(string collection, string name) =>
        name.Contains('/', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal)
            ? name
            : $"{collection}/{name}";
}
