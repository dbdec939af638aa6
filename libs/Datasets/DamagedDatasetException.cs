namespace Platform.Datasets;

/// <summary>A data set's folder that is not what its manifest says; the message names the folder or the file.</summary>
public sealed class DamagedDatasetException(string message, Exception? inner = null) : IOException(message, inner);
