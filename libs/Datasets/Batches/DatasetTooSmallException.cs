namespace Platform.Datasets.Batches;

/// <summary>A data set that cannot fill a single batch.</summary>
public sealed class DatasetTooSmallException(string message) : InvalidOperationException(message);
