using System.CommandLine;
using Platform.Cli.Output;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Commands;

/// <summary><c>platform model …</c></summary>
internal static class ModelCommands
{
    public static Command Create()
    {
        var command = new Command("model", "Models: in the inference service's memory, and exported.");
        var name = new Argument<string>("MODEL")
        {
            Description = "runs/ID, runs/ID@STEP, runs/ID@best, path:FOLDER or hf:REPOSITORY.",
        };
        var device = new Option<string?>("--device") { Description = "auto, cpu, cuda, cuda:0 or mps." };
        var precision = new Option<string?>("--precision") { Description = "fp32, bf16 or int8 (weights alone)." };
        command.AddVerb("load", "Load a model.", [name, device, precision], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Inference.LoadModelAsync(
                new LoadModelRequest
                {
                    Name = Ask.Full("runs", context.Get(name)),
                    Device = context.Get(device) ?? string.Empty,
                    Precision = context.Get(precision) ?? string.Empty,
                },
                cancellationToken: cancellationToken);
            var model = response.Model;
            context.Output.Write(model, () => context.Output.WriteLine(
                $"{model.ResolvedName}: {Figures.Count(model.ParameterCount)} parameters, "
                + $"{Figures.Bytes(model.MemoryBytes)} on {model.Device} in {model.Precision}."));
            return ExitCodes.Ok;
        });
        command.AddVerb("unload", "Free a model.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("runs", context.Get(name));
            await context.Clients.Inference.UnloadModelAsync(
                new UnloadModelRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Freed {full}.");
            return ExitCodes.Ok;
        });
        command.AddVerb("list", "List the models in memory.", [], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Inference.ListModelsAsync(
                new ListModelsRequest(), cancellationToken: cancellationToken);
            context.Output.WriteTable(
                response.Models,
                ("MODEL", m => m.Name),
                ("CHECKPOINT", m => m.ResolvedName),
                ("PARAMETERS", m => Figures.Count(m.ParameterCount)),
                ("MEMORY", m => Figures.Bytes(m.MemoryBytes)),
                ("DEVICE", m => m.Device),
                ("PRECISION", m => m.Precision),
                ("LAST USED", m => Figures.Time(m.LastUseTime)));
            return ExitCodes.Ok;
        });
        AddExport(command, name);
        return command;
    }

    private static void AddExport(Command command, Argument<string> name)
    {
        var format = new Option<string>("--format")
        {
            Description = "hf (default), gguf or llmc.",
            DefaultValueFactory = _ => "hf",
        };
        format.AcceptOnlyFromAmong("hf", "gguf", "llmc");
        var id = new Option<string?>("--id") { Description = "The folder's name below the data root's exports/." };
        command.AddVerb(
            "export", "Write a model in another program's format.", [name, format, id], async (context, token) =>
            {
                using var call = context.Clients.Exports.ExportModel(
                    new ExportModelRequest
                    {
                        Model = Ask.Full("runs", context.Get(name)),
                        Format = context.Get(format) switch
                        {
                            "gguf" => ExportFormat.Gguf,
                            "llmc" => ExportFormat.Llmc,
                            _ => ExportFormat.HuggingFace,
                        },
                        ExportId = context.Get(id) ?? string.Empty,
                    },
                    cancellationToken: token);
                while (await call.ResponseStream.MoveNext(token))
                {
                    var progress = call.ResponseStream.Current;
                    context.Output.Write(progress, () => context.Output.WriteLine(
                        progress.Folder.Length == 0
                            ? progress.Message
                            : $"{progress.Folder}: {string.Join(", ", progress.Files)}"));
                }

                return ExitCodes.Ok;
            });
    }
}
