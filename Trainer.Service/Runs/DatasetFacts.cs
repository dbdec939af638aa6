using Platform.Datasets;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>What a spec is held against of its data set.</summary>
/// <param name="TrainTokens">Tokens to train on.</param>
/// <param name="ValidationTokens">Tokens to validate on.</param>
/// <param name="VocabularySize">Every token id is below it.</param>
/// <param name="SequenceLength">The only one that fits its rows; null where it has none.</param>
internal sealed record DatasetFacts(
    long TrainTokens, long ValidationTokens, int VocabularySize, int? SequenceLength = null)
{
    /// <summary>Looks a data set up; problems are noted at <paramref name="field"/>.</summary>
    /// <returns>The facts, or null where there is a problem.</returns>
    public static DatasetFacts? Find(DataRoot root, string reference, string field, Violations problems)
    {
        if (reference.Length == 0)
        {
            problems.Add(field, "Which data set to train on is missing: datasets/{dataset}.");
            return null;
        }

        if (ResourceName.TryParse(reference, "datasets") is not { } name)
        {
            problems.Add(field, $"'{reference}' is not of the form datasets/{{dataset}}.");
            return null;
        }

        var folder = root.FolderOf(name);
        if (!DatasetFolder.IsComplete(folder))
        {
            problems.Add(
                field,
                Directory.Exists(folder)
                    ? $"{reference} is not ready: its preparation is under way or has failed."
                    : $"There is no data set {reference}.");
            return null;
        }

        return Read(folder, reference, field, problems);
    }

    private static DatasetFacts? Read(string folder, string reference, string field, Violations problems)
    {
        try
        {
            var manifest = DatasetFolder.Open(folder).Manifest;
            if (manifest is { Kind: DatasetKind.Tokens, Tokenizer: { } tokenizer })
            {
                return new DatasetFacts(
                    manifest.TrainTokens,
                    manifest.ValidationTokens,
                    tokenizer.VocabularySize,
                    manifest.Instructions?.RowTokens - 1);
            }

            problems.Add(field, $"{reference} holds {manifest.Kind.ToString().ToLowerInvariant()}, not token shards; "
                + "make a data set of kind TOKENS from it.");
        }
        catch (Exception e) when (e is DamagedDatasetException or IOException)
        {
            problems.Add(field, e.Message);
        }

        return null;
    }
}
