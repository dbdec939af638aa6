namespace Platform.TrainerHost.Worker;

/// <summary>The words that stand as <c>reason</c> in a worker's <c>failed</c> event.</summary>
internal static class FailureReasons
{
    /// <summary>run.json cannot be read or asks for something that does not go together.</summary>
    public const string InvalidRun = "INVALID_RUN";

    /// <summary>The data set's folder, its manifest or its shards are not there.</summary>
    public const string DatasetNotFound = "DATASET_NOT_FOUND";

    /// <summary>A shard is cut short or its header is wrong.</summary>
    public const string DatasetCorrupt = "DATASET_CORRUPT";

    /// <summary>Fewer tokens than one batch needs.</summary>
    public const string DatasetTooSmall = "DATASET_TOO_SMALL";

    /// <summary>A token id is not in the model's vocabulary.</summary>
    public const string TokenOutOfRange = "TOKEN_OUT_OF_RANGE";

    /// <summary>The data set's tokenizer is not the base model's.</summary>
    public const string TokenizerMismatch = "TOKENIZER_MISMATCH";

    /// <summary>The base model's files are not there.</summary>
    public const string BaseNotFound = "BASE_NOT_FOUND";

    /// <summary>The base model's files are not what they should be.</summary>
    public const string BaseCorrupt = "BASE_CORRUPT";

    /// <summary>The wanted device is not on this machine.</summary>
    public const string DeviceNotAvailable = "DEVICE_NOT_AVAILABLE";

    /// <summary>A tensor could not be allocated.</summary>
    public const string OutOfMemory = "OUT_OF_MEMORY";

    /// <summary>The disk is full.</summary>
    public const string NoSpace = "NO_SPACE";

    /// <summary>The training loss or the gradients' norm became NaN or infinite.</summary>
    public const string LossNotFinite = "LOSS_NOT_FINITE";

    /// <summary>Several ranks are wanted, and what they talk by is not installed or does not connect them.</summary>
    public const string RanksNotAvailable = "RANKS_NOT_AVAILABLE";

    /// <summary>Anything else; the log has the details.</summary>
    public const string Internal = "INTERNAL";
}
