namespace Bifrost.Chat.Errors;

/// <summary>Whose limit or rule refused a try.</summary>
public enum RefusalLevel
{
    VirtualKey,

    /// <summary>A virtual key's config of one provider.</summary>
    KeyProvider,

    Team,
    Customer,

    /// <summary>A limit of a provider whoever calls.</summary>
    Provider,

    /// <summary>A limit of a model whoever calls.</summary>
    Model,

    /// <summary>The process itself: its ledger, or a queue of it.</summary>
    Gateway,
}
