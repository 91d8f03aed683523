using Bifrost.Http;
using Bifrost.Http.Auth;

namespace Bifrost.Gateway;

/// <summary>What the front-end is told once at start.</summary>
public sealed record GatewayOptions
{
    public CallerAuthOptions Auth { get; init; } = new();
    public RequestOptions Requests { get; init; } = new();
    public RequestTraceOptions Traces { get; init; } = new();
    public RequestLogOptions Logs { get; init; } = new();
    public required ServerVersion Version { get; init; }
}
