using Platform.Cli.Output;
using Platform.Contracts.Common.V1;

namespace Platform.Cli.Commands;

/// <summary>Tells how a piece of work ended that did not succeed.</summary>
internal static class Ended
{
    public static void Print(CliOutput output, string name, State state, Failure? error)
    {
        var why = error is null ? string.Empty : $": {error.Message} [{error.Reason}]";
        var resume = error?.Resumable is true ? " It can be resumed." : string.Empty;
        output.WriteLine($"{name} is {Figures.Of(state)}{why}{resume}");
    }
}
