namespace Platform.Datasets.Shards;

/// <summary>The names of a data set's two parts, as they begin the names of its shards.</summary>
public static class ShardSplit
{
    /// <summary>Tokens to train on.</summary>
    public const string Train = "train";

    /// <summary>Tokens to validate on.</summary>
    public const string Validation = "val";
}
