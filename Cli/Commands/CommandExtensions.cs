using System.CommandLine;
using Grpc.Core;
using Platform.Cli.Output;
using Platform.Cli.Suite;
using Platform.Specs;
using Spectre.Console;

namespace Platform.Cli.Commands;

/// <summary>Ties verbs to what they do, with one place for errors and exit codes.</summary>
internal static class CommandExtensions
{
    /// <summary>Adds a verb below <paramref name="parent"/>.</summary>
    public static Command AddVerb(
        this Command parent,
        string name,
        string description,
        IEnumerable<Symbol> symbols,
        Func<CommandContext, CancellationToken, Task<int>> action)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else
                command.Arguments.Add((Argument)symbol);
        }

        command.SetAction((arguments, cancellationToken) => InvokeAsync(arguments, action, cancellationToken));
        parent.Subcommands.Add(command);
        return command;
    }

    private static async Task<int> InvokeAsync(
        ParseResult arguments,
        Func<CommandContext, CancellationToken, Task<int>> action,
        CancellationToken cancellationToken)
    {
        var json = arguments.GetValue(GlobalOptions.Json);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(json ? Console.Error : Console.Out),
        });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 240;
        var clients = new Lazy<SuiteClients>(() => new SuiteClients(
            SuiteAddresses.Find(arguments.GetValue(GlobalOptions.Suite))));
        try
        {
            var context = new CommandContext(arguments, clients, new CliOutput(json, console, Console.Out));
            return await action(context, cancellationToken);
        }
        catch (RpcException e) when (cancellationToken.IsCancellationRequested || e.StatusCode == StatusCode.Cancelled)
        {
            return ExitCodes.Interrupted;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (RpcException e)
        {
            await Console.Error.WriteLineAsync($"error: {ErrorText.Describe(e, clients.Value.Addresses)}");
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is SpecException or SuiteException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return e is SpecException ? ExitCodes.Usage : ExitCodes.Failed;
        }
        finally
        {
            if (clients.IsValueCreated)
                clients.Value.Dispose();
        }
    }
}
