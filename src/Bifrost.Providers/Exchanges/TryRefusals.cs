using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>Why a try is not begun, whatever the dialect.</summary>
internal static class TryRefusals
{
    public static ProviderFailure? Of(UpstreamTarget target, ProviderCall call)
    {
        if (call.Abort.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested) return ProviderFailures.Aborted();
        if (target.RemainingMs <= 0) return ProviderFailures.Timeout($"No time was left to call provider '{target.Provider.Name}'.");
        return target.Credential is { } credential && HeaderPolicy.IsVirtualKey(credential)
            ? ProviderFailures.VirtualKeyAsCredential(target.Provider.Name)
            : null;
    }
}
