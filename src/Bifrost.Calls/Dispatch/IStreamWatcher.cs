using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>Waits for the end of a stream that outlives the call that opened it.</summary>
public interface IStreamWatcher
{
    /// <summary>The stream was disposed; called once, on any thread.</summary>
    /// <param name="failure">How it failed; null when it ended well or its reader left early.</param>
    void StreamEnded(ProviderFailure? failure);
}
