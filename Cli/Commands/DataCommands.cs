using System.CommandLine;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform data …</c></summary>
internal static class DataCommands
{
    public static Command Create()
    {
        var command = new Command("data", "Bring files in and make data sets of them.");
        AddUpload(command);
        AddDownload(command);
        AddPrepare(command);
        command.AddVerb("list", "List data sets.", [], ListAsync);
        var name = Ask.Name("datasets");
        command.AddVerb("show", "Show one data set.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Datasets.GetDatasetAsync(
                new GetDatasetRequest { Name = Ask.Full("datasets", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.WriteJson(response.Dataset);
            return ExitCodes.Ok;
        });
        AddPreview(command);
        command.AddVerb("cancel", "End a preparation.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Datasets.CancelDatasetAsync(
                new CancelDatasetRequest { Name = Ask.Full("datasets", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.Write(response.Dataset, () => PrintEnd(context.Output, response.Dataset));
            return ExitCodes.Ok;
        });
        command.AddVerb("delete", "Delete a data set.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("datasets", context.Get(name));
            await context.Clients.Datasets.DeleteDatasetAsync(
                new DeleteDatasetRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Deleted {full}.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddUpload(Command command)
    {
        var files = new Argument<string[]>("FILES") { Description = "Local files.", Arity = ArgumentArity.OneOrMore };
        command.AddVerb("upload", "Upload files and print their names.", [files], async (context, cancellationToken) =>
        {
            foreach (var file in context.Get(files))
            {
                var upload = await Uploads.SendAsync(context, file, cancellationToken);
                context.Output.Write(upload, () => context.Output.WriteLine(upload.Name));
            }

            return ExitCodes.Ok;
        });
    }

    private static void AddPrepare(Command command)
    {
        var spec = Ask.SpecFile();
        var input = new Option<string[]>("--input", "-i")
        {
            Description = "A file or a folder of .txt files here (it is uploaded), datasets/ID, uploads/ID, "
                + "path:/on/the/server (or a pattern), hf:datasets/OWNER/NAME/PATH or catalog:NAME.",
        };
        var validation = new Option<string[]>("--validation")
        {
            Description = "A source to validate on, in place of a share.",
        };
        var shards = new Option<bool>("--shards")
        {
            Description = "The inputs are token shards made elsewhere with --tokenizer: llm.c's .bin, build-nanogpt's"
                + " .npy, nanoGPT's .bin.",
        };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Make token shards with this tokenizer." };
        var (id, displayName, set, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Set(), Ask.Detach());
        command.AddVerb(
            "prepare",
            "Make a data set.",
            [spec, input, validation, tokenizer, shards, id, displayName, set, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateDatasetRequest
                {
                    DatasetId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Spec = new DatasetSpec(),
                };
                if (context.Get(spec) is { } file)
                    SpecFile.ReadInto(request.Spec, file);
                if (context.Get(tokenizer) is { } tokenizerName)
                    request.Spec.Tokenizer = Ask.Full("tokenizers", tokenizerName);
                request.Spec.FromShards |= context.Get(shards);
                foreach (var assignment in context.Get(set) ?? [])
                    SpecAssignment.Apply(request.Spec, assignment);
                request.Spec.Inputs.AddRange(
                    await Uploads.ResolveAsync(context, context.Get(input) ?? [], cancellationToken));
                request.Spec.ValidationInputs.AddRange(
                    await Uploads.ResolveAsync(context, context.Get(validation) ?? [], cancellationToken));
                var created = await context.Clients.Datasets.CreateDatasetAsync(
                    request, cancellationToken: cancellationToken);
                return await FollowAsync(context, created.Dataset, context.Get(detach), cancellationToken);
            });
    }

    private static void AddDownload(Command command)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "A name of the catalog; none: the catalog is listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (id, detach) = (Ask.Id(), Ask.Detach());
        command.AddVerb(
            "download",
            "Download a known data set, or list those that are known.",
            [name, id, detach],
            async (context, cancellationToken) =>
            {
                if (context.Get(name) is not { } wanted)
                    return await ListCatalogAsync(context, cancellationToken);
                var created = await context.Clients.Datasets.CreateDatasetAsync(
                    new CreateDatasetRequest
                    {
                        DatasetId = context.Get(id) ?? wanted.Replace('/', '-'),
                        Spec = new DatasetSpec { Inputs = { $"catalog:{wanted}" } },
                    },
                    cancellationToken: cancellationToken);
                return await FollowAsync(context, created.Dataset, context.Get(detach), cancellationToken);
            });
    }

    private static async Task<int> ListCatalogAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var response = await context.Clients.Datasets.ListCatalogAsync(
            new ListCatalogRequest(), cancellationToken: cancellationToken);
        context.Output.WriteTable(
            response.Entries,
            ("NAME", entry => entry.Name),
            ("MAKES", entry => entry.Kind.ToString().ToLowerInvariant()),
            ("LICENCE", entry => entry.License),
            ("WHAT", entry => entry.Description));
        return ExitCodes.Ok;
    }

    private static async Task<int> FollowAsync(
        CommandContext context, Dataset created, bool detach, CancellationToken cancellationToken)
    {
        if (detach)
        {
            context.Output.Write(created, () => context.Output.WriteLine($"{created.Name} is queued."));
            return ExitCodes.Ok;
        }

        var dataset = await Watching.DatasetAsync(context, created.Name, cancellationToken);
        PrintEnd(context.Output, dataset);
        return dataset.State == State.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void AddPreview(Command command)
    {
        var name = Ask.Name("datasets");
        var count = new Option<int>("--count", "-n") { Description = "How many.", DefaultValueFactory = _ => 5 };
        command.AddVerb("preview", "Show the first documents.", [name, count], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Datasets.PreviewDatasetAsync(
                new PreviewDatasetRequest
                {
                    Name = Ask.Full("datasets", context.Get(name)),
                    Count = context.Get(count),
                },
                cancellationToken: cancellationToken);
            if (response.Lengths is { } lengths)
                context.Output.Write(lengths, () => PrintLengths(context.Output, lengths));
            foreach (var document in response.Documents)
            {
                context.Output.Write(document, () =>
                {
                    var tokens = document.HasTokenCount ? $" ({document.TokenCount} tokens)" : string.Empty;
                    context.Output.WriteLine($"---{tokens}\n{document.Text}");
                });
            }

            return ExitCodes.Ok;
        });
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var datasets = await Pages.AllAsync(async token =>
        {
            var page = await context.Clients.Datasets.ListDatasetsAsync(
                new ListDatasetsRequest { PageToken = token }, cancellationToken: cancellationToken);
            return (page.Datasets, page.NextPageToken);
        });
        context.Output.WriteTable(
            datasets,
            ("NAME", d => d.Name),
            ("STATE", d => Figures.Of(d.State)),
            ("KIND", d => d.Spec.Kind.ToString().ToLowerInvariant()),
            ("DOCUMENTS", d => Figures.Count(d.DocumentCount)),
            ("TRAIN TOKENS", d => Figures.Count(d.TrainTokens)),
            ("VAL TOKENS", d => Figures.Count(d.ValidationTokens)),
            ("SIZE", d => Figures.Bytes(d.SizeBytes)),
            ("CREATED", d => Figures.Time(d.CreateTime)));
        return ExitCodes.Ok;
    }

    private static void PrintLengths(CliOutput output, LengthHistogram lengths)
    {
        const int Width = 40;
        var most = lengths.Buckets.Max(bucket => bucket.Count);
        output.WriteLine(
            $"Lengths in {lengths.Unit}: {Figures.Count(lengths.Shortest)} to {Figures.Count(lengths.Longest)},"
            + $" mean {Figures.Count((long)Math.Round(lengths.Mean))}.");
        foreach (var bucket in lengths.Buckets)
        {
            var bar = new string('#', (int)Math.Ceiling(Width * (double)bucket.Count / Math.Max(1, most)));
            output.WriteLine($"{Figures.Count(bucket.From),12}  {Figures.Count(bucket.Count),10}  {bar}");
        }
    }

    private static void PrintEnd(CliOutput output, Dataset dataset)
    {
        if (dataset.State != State.Succeeded)
        {
            Ended.Print(output, dataset.Name, dataset.State, dataset.Error);
            return;
        }

        var tokens = dataset.TrainTokens + dataset.ValidationTokens > 0
            ? $", {Figures.Count(dataset.TrainTokens)} tokens to train on"
                + $" and {Figures.Count(dataset.ValidationTokens)} to validate with"
            : string.Empty;
        output.WriteLine(
            $"{dataset.Name}: {Figures.Count(dataset.DocumentCount, "document")}, {Figures.Bytes(dataset.TextBytes)} of"
            + $" text{tokens}; {Figures.Bytes(dataset.SizeBytes)} on disk.");
        if (dataset.TruncatedCount > 0)
            output.WriteLine($"{Figures.Count(dataset.TruncatedCount, "example")} longer than a row, cut off.");
        SkippedRecords.Print(output, dataset.SkippedCount, dataset.Skipped);
    }
}
