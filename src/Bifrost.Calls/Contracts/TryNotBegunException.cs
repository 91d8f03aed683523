namespace Bifrost.Calls.Contracts;

/// <summary>A try was given up before it was begun: none of it was sent. It does not cross a grain call.</summary>
public sealed class TryNotBegunException(Exception? inner) : Exception("The provider's grain did not begin the try.", inner);
