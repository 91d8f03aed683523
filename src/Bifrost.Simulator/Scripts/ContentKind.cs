namespace Bifrost.Simulator.Scripts;

/// <summary>What the answer says.</summary>
internal enum ContentKind
{
    Fixed,
    Echo,
    Words,
    Unicode,
    Blank,
}
