using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Dispatch;

/// <summary>How one kind of upstream is spoken to: request out, answer or stream back, in OpenAI's shape.</summary>
public interface IDialect
{
    /// <summary>Name that <see cref="Bifrost.Catalog.Model.Provider.Dialect"/> refers to.</summary>
    string Name { get; }

    /// <summary>
    /// One try. Whatever the upstream or the network does comes back as a failure; only a broken contract throws.
    /// Must leave the caller's scheduler at once: callers are grains, whose thread does bookkeeping only.
    /// </summary>
    Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call);
}
