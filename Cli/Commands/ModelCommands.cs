using System.CommandLine;
using Grpc.Core;
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
            await LoadAsync(
                context,
                new LoadModelRequest
                {
                    Name = Ask.Full("runs", context.Get(name)),
                    Device = context.Get(device) ?? string.Empty,
                    Precision = context.Get(precision) ?? string.Empty,
                },
                cancellationToken);
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
        AddPerplexity(command, name);
        AddExport(command, name);
        return command;
    }

    private static void AddPerplexity(Command command, Argument<string> name)
    {
        var precisions = new Option<string?>("--precision")
        {
            Description = "Such as fp32,bf16,int8: loads the model in each, one after the other; as it is by default.",
        };
        var adapter = new Option<string?>("--adapter")
        {
            Description = "An adapter on top of the model: runs/ID, path:FOLDER or hf:REPOSITORY.",
        };
        var text = new Option<FileInfo?>("--text") { Description = "A file here; a fixed text by default." };
        command.AddVerb(
            "perplexity",
            "How well a model predicts a text as it is served.",
            [name, precisions, adapter, text],
            async (context, token) =>
            {
                var request = new MeasurePerplexityRequest
                {
                    Model = Ask.Full("runs", context.Get(name)),
                    Adapter = context.Get(adapter) is { } given ? Ask.Full("runs", given) : string.Empty,
                    Text = context.Get(text) is { } file
                        ? await File.ReadAllTextAsync(file.FullName, token)
                        : string.Empty,
                };
                var wanted = context.Get(precisions)?.Split(',', StringSplitOptions.TrimEntries) ?? [string.Empty];
                var measured = new List<MeasurePerplexityResponse>();
                foreach (var precision in wanted)
                    measured.Add(await MeasureAsync(context.Clients.Inference, request, precision, token));
                context.Output.WriteTable(
                    measured,
                    ("PRECISION", m => m.Precision),
                    ("PERPLEXITY", m => Figures.Loss(m.Perplexity)),
                    ("LOSS", m => Figures.Loss(m.Loss)),
                    ("BITS A BYTE", m => Figures.Loss(m.BitsPerByte)),
                    ("TOKENS", m => Figures.Count(m.TokenCount)),
                    ("CHECKPOINT", m => m.ResolvedName));
                return ExitCodes.Ok;
            });
    }

    // A model is in memory in one precision at a time.
    private static async Task<MeasurePerplexityResponse> MeasureAsync(
        InferenceService.InferenceServiceClient client,
        MeasurePerplexityRequest request,
        string precision,
        CancellationToken cancellationToken)
    {
        if (precision.Length > 0)
        {
            var load = new LoadModelRequest { Name = request.Model, Precision = precision };
            try
            {
                await client.LoadModelAsync(load, cancellationToken: cancellationToken);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
            {
                await client.UnloadModelAsync(
                    new UnloadModelRequest { Name = request.Model }, cancellationToken: cancellationToken);
                await client.LoadModelAsync(load, cancellationToken: cancellationToken);
            }
        }

        return await client.MeasurePerplexityAsync(request, cancellationToken: cancellationToken);
    }

    private static void AddExport(Command command, Argument<string> name)
    {
        var format = new Option<string>("--format")
        {
            Description = "hf (default), gguf, llmc, or peft: a LoRA run's adapter alone.",
            DefaultValueFactory = _ => "hf",
        };
        format.AcceptOnlyFromAmong("hf", "gguf", "llmc", "peft");
        var id = new Option<string?>("--id") { Description = "The folder's name below the data root's exports/." };
        command.AddVerb(
            "export", "Write a model in another program's format.", [name, format, id], async (context, token) =>
            {
                await ExportAsync(
                    context,
                    new ExportModelRequest
                    {
                        Model = Ask.Full("runs", context.Get(name)),
                        Format = context.Get(format) switch
                        {
                            "gguf" => ExportFormat.Gguf,
                            "llmc" => ExportFormat.Llmc,
                            "peft" => ExportFormat.Peft,
                            _ => ExportFormat.HuggingFace,
                        },
                        ExportId = context.Get(id) ?? string.Empty,
                    },
                    token);
                return ExitCodes.Ok;
            });
    }

    /// <summary>Exports a model, and tells how far it is.</summary>
    internal static async Task ExportAsync(
        CommandContext context, ExportModelRequest request, CancellationToken cancellationToken)
    {
        using var call = context.Clients.Exports.ExportModel(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var progress = call.ResponseStream.Current;
            context.Output.Write(progress, () => context.Output.WriteLine(
                progress.Folder.Length == 0
                    ? progress.Message
                    : $"{progress.Folder}: {string.Join(", ", progress.Files)}"));
        }
    }

    /// <summary>Loads a model into the inference service.</summary>
    internal static async Task LoadAsync(
        CommandContext context, LoadModelRequest request, CancellationToken cancellationToken)
    {
        var response = await context.Clients.Inference.LoadModelAsync(request, cancellationToken: cancellationToken);
        var model = response.Model;
        context.Output.Write(model, () => context.Output.WriteLine(
            $"{model.ResolvedName}: {Figures.Count(model.ParameterCount)} parameters, "
            + $"{Figures.Bytes(model.MemoryBytes)} on {model.Device} in {model.Precision}."));
    }
}
