using System.Diagnostics;
using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts.Server.V1;
using Platform.Workspaces;

namespace Platform.ServiceDefaults.Server;

/// <summary>Answers who this server is and what it runs on.</summary>
internal sealed class ServerGrpcService(IOptions<ServerInfoOptions> options, DataRoot root, DiskUse disk)
    : ServerService.ServerServiceBase
{
    private static readonly DateTime s_startTime = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private static readonly string s_version = typeof(ServerGrpcService).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public override async Task<GetServerInfoResponse> GetServerInfo(
        GetServerInfoRequest request, ServerCallContext context)
    {
        var info = options.Value;
        var response = new GetServerInfoResponse
        {
            Service = info.Service,
            Version = s_version,
            StartTime = s_startTime.ToTimestamp(),
            DataRoot = root.Path,
            LibtorchVersion = info.LibtorchVersion,
            Limits = new Limits
            {
                MaxMessageBytes = PlatformLimits.MaxMessageBytes,
                MaxUploadBytes = info.MaxUploadBytes,
                MaxQueued = info.MaxQueued,
                MaxPageSize = PlatformLimits.MaxPageSize,
            },
            DiskFreeBytes = disk.FreeBytes(),
            DiskUsedBytes = await disk.UsedBytesAsync(context.CancellationToken),
        };
        if (info.ComputesModels)
            response.Devices.AddRange(MachineDevices.List());
        return response;
    }
}
