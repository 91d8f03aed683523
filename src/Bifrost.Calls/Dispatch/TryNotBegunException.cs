namespace Bifrost.Calls.Dispatch;

/// <summary>A try was given up before it was begun: none of it was sent.</summary>
public sealed class TryNotBegunException(Exception? inner) : Exception("The provider's grain did not begin the try.", inner);
