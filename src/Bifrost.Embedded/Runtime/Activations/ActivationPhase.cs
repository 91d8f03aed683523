namespace Bifrost.Embedded.Runtime;

internal enum ActivationPhase
{
    /// <summary>Nobody has called yet.</summary>
    New,

    /// <summary>Constructed, state read, OnActivateAsync; calls wait.</summary>
    Activating,

    Valid,

    /// <summary>No call starts any more; those under way end, then OnDeactivateAsync. Waiting calls go to the next activation.</summary>
    Deactivating,

    Gone,
}
