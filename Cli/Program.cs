using System.CommandLine;
using Platform.Cli.Commands;
using Platform.Cli.Quickstart;

var root = new RootCommand("Every job of the platform from a terminal, over the suite's gRPC calls.")
{
    TokenizerCommands.Create(),
    DataCommands.Create(),
    RunCommands.Create(),
    ModelCommands.Create(),
    SweepCommands.Create(),
    EvalCommands.Create(),
};
GenerateCommand.AddTo(root);
QuickstartCommand.AddTo(root);
root.Options.Add(GlobalOptions.Suite);
root.Options.Add(GlobalOptions.Json);
UnknownOptions.Refuse(root);
return await root.Parse(args).InvokeAsync();
