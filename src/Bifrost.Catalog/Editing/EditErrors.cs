using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;

namespace Bifrost.Catalog.Editing;

/// <summary>Why a change could not be made now; all are worth a repetition.</summary>
internal static class EditErrors
{
    public static readonly GatewayError NotLoaded = Unavailable("The catalog could not be loaded from the store yet; nothing was changed.");

    public static readonly GatewayError Busy = Unavailable("Other changes of the catalog come first; nothing was changed.");

    public static GatewayError HeldUp(long version, HolderBehind holder) => Unavailable(
        $"The change is stored as version {version}, but process {holder.Holder} still works by version {holder.Seen}. "
        + "Repeat the call to wait for it again.");

    private static GatewayError Unavailable(string message) =>
        new() { Status = 503, Type = ErrorTypes.LedgerUnavailable, Message = message, RetryAfterMs = 1_000 };
}
