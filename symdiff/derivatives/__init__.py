"""The NumPy face: grad, jacobian, hessian and their kin, three ways each."""
