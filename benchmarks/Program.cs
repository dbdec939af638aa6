using Platform.Modeling.Native;
Console.WriteLine(string.Join(",", ComputeDevice.List()) + " " + ComputeDevice.Threads);
