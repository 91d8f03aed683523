namespace Orleans.Runtime;

/// <summary>Base of the engine's own exceptions.</summary>
public class OrleansException : Exception
{
    public OrleansException() : base("Unexpected error.") { }

    public OrleansException(string message) : base(message) { }

    public OrleansException(string message, Exception? innerException) : base(message, innerException) { }
}

/// <summary>A call that was not executed: the engine is stopping or has stopped.</summary>
public sealed class SiloUnavailableException : OrleansException
{
    public SiloUnavailableException(string message) : base(message) { }
}

/// <summary>A setting that the engine cannot start with.</summary>
public sealed class OrleansConfigurationException : Exception
{
    public OrleansConfigurationException(string message) : base(message) { }
}
