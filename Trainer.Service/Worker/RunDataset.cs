using Platform.Datasets;
using Platform.Datasets.Batches;
using Platform.Datasets.Shards;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>A run's data set: its shards, mapped, and the tokenizer that made them.</summary>
internal sealed class RunDataset : IDisposable
{
    private readonly DatasetFolder _folder;
    private readonly TokenShardSet _train;
    private readonly TokenShardSet _validation;

    private RunDataset(DatasetFolder folder, TokenShardSet train, TokenShardSet validation)
    {
        _folder = folder;
        _train = train;
        _validation = validation;
    }

    /// <summary>The tokenizer's name; every id in the shards is below its vocabulary's size.</summary>
    public DatasetTokenizer Tokenizer => _folder.Manifest.Tokenizer!;

    /// <summary>Whether some targets do not count in the loss.</summary>
    public bool IsMasked => _train.IsMasked || _validation.IsMasked;

    /// <summary>The tokenizer's file.</summary>
    public string TokenizerPath => _folder.TokenizerPath;

    /// <summary>Opens the data set that a spec names.</summary>
    /// <exception cref="TrainingException">It is not there, holds no tokens, or is damaged.</exception>
    public static RunDataset Open(DataRoot root, string reference)
    {
        var name = ResourceName.TryParse(reference, "datasets")
            ?? throw new TrainingException(FailureReasons.InvalidRun, $"'{reference}' is no data set's name.");
        try
        {
            var folder = DatasetFolder.Open(root.FolderOf(name));
            if (folder.Manifest is not { Kind: DatasetKind.Tokens, Tokenizer: not null })
            {
                throw new TrainingException(
                    FailureReasons.InvalidRun,
                    $"{reference} holds {folder.Manifest.Kind}; training needs a data set of token shards.");
            }

            var train = folder.OpenTrain();
            try
            {
                return new RunDataset(folder, train, folder.OpenValidation());
            }
            catch
            {
                train.Dispose();
                throw;
            }
        }
        catch (DirectoryNotFoundException e)
        {
            throw new TrainingException(
                FailureReasons.DatasetNotFound, $"There is no finished data set {reference} in {root.Path}.", e);
        }
        catch (DamagedDatasetException e)
        {
            throw new TrainingException(FailureReasons.DatasetCorrupt, $"{e.Message} Prepare it again.", e);
        }
    }

    /// <summary>Training batches from the position on.</summary>
    public IBatchLoader CreateLoader(TrainingPlan plan, BatchShape shape, BatchPosition position)
    {
        var loader = _folder.CreateLoader(_train, shape, plan.RandomBatches ? plan.Seed : null);
        try
        {
            loader.Position = position;
            return loader;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new TrainingException(
                FailureReasons.DatasetCorrupt,
                $"The checkpoint stands at {position}, which {_folder.Path} does not have: the data set was changed "
                + "since. Start a new run.",
                e);
        }
    }

    /// <summary>Validation batches; null where the data set has no validation part.</summary>
    public ValidationBatches? CreateValidation(TrainingPlan plan, BatchShape shape) =>
        _validation.Count < 2 ? null : _folder.CreateValidation(_validation, shape, plan.ValidationBatches);

    /// <inheritdoc/>
    public void Dispose()
    {
        _train.Dispose();
        _validation.Dispose();
    }
}
