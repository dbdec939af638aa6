using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Server.V1;

namespace Platform.FakeSuite.Services;

/// <summary>Which service a host plays.</summary>
/// <param name="Name">Its name.</param>
internal sealed record FakeServerInfo(string Name);

internal sealed class FakeServerService(FakeServerInfo server) : ServerService.ServerServiceBase
{
    private static readonly Timestamp _started = World.Now;

    public override Task<GetServerInfoResponse> GetServerInfo(GetServerInfoRequest request, ServerCallContext context)
    {
        var info = new GetServerInfoResponse
        {
            Service = server.Name,
            Version = "0.1.0",
            StartTime = _started,
            DataRoot = "/home/me/platform/data",
            DiskFreeBytes = 182_000_000_000,
            DiskUsedBytes = 3_400_000_000,
        };
        if (server.Name is not "tokenizer")
        {
            info.LibtorchVersion = "2.10.0";
            info.Devices.Add(new DeviceInfo
            {
                Name = "cpu",
                Description = "A processor with two cores",
                MemoryBytes = 24_000_000_000,
                Cores = 2,
            });
        }

        return Task.FromResult(info);
    }
}
