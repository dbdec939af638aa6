using System.CommandLine;
using Platform.Cli.Output;
using Platform.Cli.Suite;

namespace Platform.Cli.Commands;

/// <summary>What a verb works with.</summary>
internal sealed class CommandContext(ParseResult arguments, Lazy<SuiteClients> clients, CliOutput output)
{
    /// <summary>The command line's values.</summary>
    public ParseResult Arguments { get; } = arguments;

    /// <summary>The suite's clients; found at first use.</summary>
    public SuiteClients Clients => clients.Value;

    /// <summary>Where to print.</summary>
    public CliOutput Output { get; } = output;

    /// <summary>An option's value, or its default.</summary>
    public T? Get<T>(Option<T> option) => Arguments.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T Get<T>(Argument<T> argument) => Arguments.GetValue(argument)!;
}
