using Platform.Workspaces.Errors;

namespace Platform.Datasets.Preparation;

/// <summary>Sources that leave a data set, or its validation part, without anything in it.</summary>
public sealed class EmptyDatasetException(string message) : PlatformException("DATASET_EMPTY", message);
