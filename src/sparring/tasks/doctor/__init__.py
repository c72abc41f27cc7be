"""Diagnosis of a run, or of the losses of any GAN in a file: what is wrong, and what helps.

`sparring.doctor` is this package.

>>> import numpy as np
>>> from sparring import doctor
>>> steps = np.arange(200)
>>> losses = np.stack([steps, 1.386 * 0.97**steps, 0.693 + 0.1 * steps], axis=1)
>>> np.savetxt("losses.csv", losses, delimiter=",", header="step,errD,errG", comments="")
>>> diagnosis = doctor.diagnose("losses.csv")
>>> diagnosis.verdict, [trouble.title for trouble in diagnosis.findings]
('1 finding', ['the discriminator wins, since step 139'])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
